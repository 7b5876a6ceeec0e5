"""Telegram: long polling in, sendMessage out. The only place that knows aiogram."""
