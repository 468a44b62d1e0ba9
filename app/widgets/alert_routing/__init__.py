"""Who hears of an alert: the way through Alertmanager's routing tree, the group it joins, and what is sent when."""
