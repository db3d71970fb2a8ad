"""The only door for a screen: subscriptions and commands."""
