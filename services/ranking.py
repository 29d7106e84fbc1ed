"""Which public entries fit a question, the best first: by the catalogue in memory, so that no entry is read for it."""

from collections import defaultdict
from functools import reduce
from itertools import accumulate
from operator import and_, or_

from services.search import question_of

WEIGHTS = {"A": 1.0, "B": 0.7, "C": 0.4, "D": 0.2}  # what a word counts in names, keywords, the summary, the rest


class Ranking:
    """The places of the entries that have some of the words, in groups of the same fit, each group in Polish order."""

    def __init__(self, catalogue, question):
        stands = catalogue.stands({lemma for word in question.known for lemma in word.lemmas})
        self.catalogue = catalogue
        self._stands = {word.text: best_of([stands[lemma] for lemma in word.lemmas]) for word in question.known}
        self._groups = self._by_fit(question)
        self.all_words = self._with_all(question)

    def _by_fit(self, question):
        groups = {0.0: reduce(or_, (self._anywhere(word) for word in question.known), 0)}
        for word in question.known:
            better = defaultdict(int)
            for fit, group in groups.items():
                for weight, places in self._stands[word.text].items():
                    better[round(fit + word.weight * WEIGHTS[weight], 9)] |= group & places
                better[fit] |= group & ~self._anywhere(word)
            groups = {fit: group for fit, group in better.items() if group}
        return [groups[fit] for fit in sorted(groups, reverse=True)]

    def _anywhere(self, word):
        return reduce(or_, self._stands[word.text].values(), 0)

    def _with_all(self, question):
        if not question.is_understood:
            return 0
        return reduce(and_, (self._anywhere(word) for word in question.words), self.catalogue.every)

    @property
    def some_words(self):
        return reduce(or_, self._groups, 0)

    def places(self, bits, start=0, stop=None):
        """Return the places of those of the bits that fit, the best first, from the start-th to the stop-th."""
        stop = self.catalogue.size if stop is None else stop
        groups = [group & bits for group in self._groups]
        found = []
        for group, passed in zip(groups, accumulate(map(int.bit_count, groups), initial=0), strict=False):
            if passed >= stop:
                break
            if passed + group.bit_count() > start:
                found += self.catalogue.in_order(group, max(start - passed, 0), stop - passed)
        return found


def best_of(standings):
    """Return {weight: places} of a word by that of its lemmas which stands best: not more for having more of them."""
    best, better = {}, 0
    for weight in WEIGHTS:
        best[weight] = reduce(or_, (standing.get(weight, 0) for standing in standings), 0) & ~better
        better |= best[weight]
    return best


def best_places(catalogue, text, bits):
    """Return the places of what a search would show of the bits: what has all words, then what has some."""
    ranking = Ranking(catalogue, question_of(text))
    return ranking.places(bits & ranking.all_words) + ranking.places(bits & ~ranking.all_words)
