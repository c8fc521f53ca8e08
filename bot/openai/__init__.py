"""The part of OpenAI's API that chat programs speak: /openai/v1/chat/completions and /openai/v1/models."""
