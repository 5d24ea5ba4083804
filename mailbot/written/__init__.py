"""TOML files that people write: where each key stands, what it holds, and what is wrong with it as a sentence."""
