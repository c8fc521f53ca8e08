"""From question to answer: conversation, answering, citations and abstention, and the doors to them."""
