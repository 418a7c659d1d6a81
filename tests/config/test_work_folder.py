"""Each collection file has a work folder of its own, and an older one is kept by who had it."""

from nftforge.config.work_folder import claim, find_work_folder


def file(folder, name="collection.yaml"):
    path = folder / name
    path.touch()
    return path


def find(path, name="Art", symbol="ART"):
    return find_work_folder(path, name, symbol).name


def test_the_first_file_has_dot_nftforge_and_others_their_own(tmp_path):
    first, second, third = (file(tmp_path, name) for name in ("b.yaml", "a.yaml", "a.yml"))
    for path, folder in ((first, ""), (second, "-a"), (third, "-a.yml")):
        assert find(path) == f".nftforge{folder}"
        assert claim(tmp_path / f".nftforge{folder}", path, "Art", "ART")
    assert [find(path) for path in (first, second, third)] == [
        ".nftforge", ".nftforge-a", ".nftforge-a.yml",
    ]  # fmt: skip
    assert not claim(tmp_path / ".nftforge", first, "Art", "ART")  # no news


def test_finding_writes_nothing(tmp_path):
    find(file(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["collection.yaml"]


def test_a_folder_of_an_older_version_is_that_of_collection_yaml(tmp_path):
    (tmp_path / ".nftforge").mkdir()
    other = file(tmp_path, "other.yaml")
    assert find(other) == ".nftforge"  # nobody else is there
    assert find(file(tmp_path)) == ".nftforge"
    assert find(other) == ".nftforge-other"


def test_a_renamed_file_goes_on_with_its_folder(tmp_path):
    old = file(tmp_path, "old.yaml")
    claim(tmp_path / ".nftforge", old, "Art", "ART")
    new = old.rename(tmp_path / "new.yaml")
    assert find(new) == ".nftforge"
    assert find(new, name="Another") == ".nftforge-new"


def test_a_damaged_state_is_no_state(tmp_path):
    claim(tmp_path / ".nftforge", file(tmp_path), "Art", "ART")
    (tmp_path / ".nftforge" / "state.json").write_text("[")
    assert find(tmp_path / "collection.yaml") == ".nftforge"
