"""Answers that a language model writes and the sources are held against, sentence by sentence."""
