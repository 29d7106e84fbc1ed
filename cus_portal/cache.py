"""The cache, which no page may depend on."""

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry


class LastingClient(RedisCacheClient):
    """Keeps the client of a pool of connections, which Django makes anew for each question to Redis."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._lasting = {}

    def get_client(self, key=None, *, write=False):
        if write not in self._lasting:
            self._lasting[write] = super().get_client(key, write=write)
        return self._lasting[write]


class ForgivingRedisCache(RedisCache):
    """Redis as a cache; while Redis is away every read misses and every write is dropped."""

    def __init__(self, server, params):
        options = params.setdefault("OPTIONS", {})
        options.setdefault("socket_connect_timeout", 0.2)
        options.setdefault("socket_timeout", 0.5)
        options.setdefault("retry", Retry(NoBackoff(), 0))
        super().__init__(server, params)
        self._class = LastingClient

    def get(self, key, default=None, version=None):
        return self._or(default, super().get, key, default, version)

    def set(self, *args, **kwargs):
        return self._or(None, super().set, *args, **kwargs)

    def add(self, *args, **kwargs):
        return self._or(False, super().add, *args, **kwargs)

    def touch(self, *args, **kwargs):
        return self._or(False, super().touch, *args, **kwargs)

    def delete(self, *args, **kwargs):
        return self._or(False, super().delete, *args, **kwargs)

    def get_many(self, *args, **kwargs):
        return self._or({}, super().get_many, *args, **kwargs)

    def set_many(self, data, *args, **kwargs):
        return self._or(list(data), super().set_many, data, *args, **kwargs)

    def delete_many(self, *args, **kwargs):
        return self._or(None, super().delete_many, *args, **kwargs)

    def has_key(self, *args, **kwargs):
        return self._or(False, super().has_key, *args, **kwargs)

    def clear(self):
        return self._or(False, super().clear)

    # -- counts: a hash of {field: number} under one key, for what is too small to write down at once ---------
    def tally(self, key, field, *, most, seconds):
        """Count the field once more, unless it would be one field too many."""
        self._or(None, self._tally, self.make_and_validate_key(key), field, most, seconds)

    def tallied(self, key):
        """Return {field: number}."""
        found = self._or({}, self._redis().hgetall, self.make_and_validate_key(key))
        return {field.decode(): int(number) for field, number in found.items()}

    def untally(self, key, counts):
        """Take these numbers away again; what was counted meanwhile stays."""
        self._or(None, self._untally, self.make_and_validate_key(key), counts)

    def _tally(self, key, field, most, seconds):
        redis = self._redis()
        if redis.hexists(key, field) or redis.hlen(key) < most:
            redis.hincrby(key, field, 1)
            redis.expire(key, seconds)

    def _untally(self, key, counts):
        redis = self._redis()
        for field, number in counts.items():
            if redis.hincrby(key, field, -number) <= 0:
                redis.hdel(key, field)

    def _redis(self):
        return self._cache.get_client(write=True)

    @staticmethod
    def _or(fallback, method, *args, **kwargs):
        try:
            return method(*args, **kwargs)
        except RedisError:
            return fallback
