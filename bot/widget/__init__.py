"""The web component that any page can load: `<handwijzer-chat>`."""
