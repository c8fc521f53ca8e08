"""The MCP server at /mcp: language models ask, search and read here, with the Model Context Protocol."""
