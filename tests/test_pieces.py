"""What tells the pieces of a page from another's, and who looks them over."""

from tests.pieces import LookedOver, Page

FOLDED = "<main><details><summary>Więcej</summary><p class='note'>Tekst</p></details></main>"


def test_what_is_folded_away_is_another_piece_than_what_is_seen():
    folded, open_ = Page(FOLDED).pieces, Page(FOLDED.replace("<details>", "<details open>")).pieces
    assert {piece[0][1] for piece in open_ - folded} >= {"note"}
    assert Page(FOLDED.replace("Tekst", "Inny tekst")).pieces == folded


def test_a_piece_is_taken_once_whichever_process_asks(tmp_path):
    one, other = LookedOver(), LookedOver()
    one.file = other.file = tmp_path / "looked-over"
    assert one.take({(390, "a"), (390, "b")}) == {(390, "a"), (390, "b")}
    assert other.take({(390, "b"), (1280, "b")}) == {(1280, "b")}
    assert one.take({(390, "a"), (1280, "b")}) == set()
