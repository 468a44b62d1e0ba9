"""Whether one alert mutes another: Alertmanager's inhibition rules, with the reason."""
