"""Checks of the relay through its pinned surface only: what a candidate names inside is theirs."""
