"""What a process has drawn and keeps, while nothing of what it depends on has changed."""

from django.core.signals import setting_changed


class Drawn:
    """The newest values by key, at most so many: when there are more, all are forgotten and drawn again."""

    def __init__(self, most):
        self.most, self._values = most, {}
        setting_changed.connect(self.forget)  # only tests and measurements change settings

    def get(self, key):
        return self._values.get(key)

    def keep(self, key, value):
        if len(self._values) >= self.most:
            self.forget()
        self._values[key] = value
        return value

    def forget(self, **_change):
        self._values.clear()
