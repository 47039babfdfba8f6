"""A partner's tree as seen through its signed checkpoint: no hash is believed that does not lead to the signed root."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from comity.kernel import tiles
from comity.kernel.errors import FormatError, NotFoundError, PartnerError
from comity.kernel.merkle import Frontier, consistency_proof, verify_consistency

KEPT = 512


class VerifiedTree:
    """Tiles of a tree of `size` entries with the given root, each proved on arrival.

    The right edge (the partial tiles) is proved by folding it to the root; a full tile by its own root, which stands in
    the tile above it. Raises PartnerError for a tile that does not fit.
    """

    def __init__(self, fetch: Callable[[str], bytes], size: int, root: bytes) -> None:
        self._fetch = fetch
        self.size = size
        self.root = root
        self._edge: dict[str, bytes] = {}
        self._full: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self.fetched = 0
        try:
            frontier = tiles.frontier(size, self._get_edge)
        except (FormatError, ValueError) as error:
            raise PartnerError(f"A tile of the partner does not parse: {error}") from error
        if frontier.root() != root:
            raise PartnerError("The partner's tiles do not lead to the root that it signed.", place=f"size {size}")

    def _get(self, path: str) -> bytes:
        try:
            data = self._fetch(path)
        except NotFoundError as error:
            raise PartnerError("The partner does not serve a tile that its checkpoint implies.", place=path) from error
        self.fetched += len(data)
        return data

    def _get_edge(self, path: str) -> bytes:
        if path not in self._edge:
            _, _, width = tiles.parse_tile_path(path)
            try:
                self._edge[path] = self._fetch(path)
            except NotFoundError:
                # C2SP tlog-tiles: the full tile may have taken the place of the partial one.
                full = path.rsplit(".p/", 1)[0]
                self._edge[path] = self._get(full)[: 32 * width]
            if len(self._edge[path]) != 32 * width:
                raise PartnerError("A tile of the partner is cut or too long.", place=path)
        return self._edge[path]

    def tile(self, level: int, n: int) -> bytes:
        """The proved hashes of a tile, as many as the tree has there."""
        count = self.size >> (8 * level)
        width = min(tiles.TILE, count - n * tiles.TILE)
        if width < tiles.TILE:
            return self._get_edge(tiles.tile_path(level, n, width))
        if (level, n) in self._full:
            self._full.move_to_end((level, n))
            return self._full[level, n]
        path = tiles.tile_path(level, n)
        data = self._get(path)
        if len(data) != 32 * tiles.TILE:
            raise PartnerError("A tile of the partner is cut or too long.", place=path)
        frontier = Frontier()
        frontier.extend(data[i : i + 32] for i in range(0, len(data), 32))
        above = self.tile(level + 1, n // tiles.TILE)
        at = 32 * (n % tiles.TILE)
        if frontier.root() != above[at : at + 32]:
            raise PartnerError("A tile of the partner does not lead to the root that it signed.", place=path)
        self._full[level, n] = data
        if len(self._full) > KEPT:
            self._full.popitem(last=False)
        return data

    def fetch_tile(self, path: str) -> bytes:
        """A proved tile by its path, as `kernel.tiles.TileReader` asks for it."""
        level, n, width = tiles.parse_tile_path(path)
        if level is None:
            raise FormatError("A bundle is not a tile.", place=path)
        return self.tile(level, n)[: 32 * width]

    def check_extends(self, size: int, root: bytes) -> None:
        """Prove that this tree extends the one of `size` entries with `root`. Raises ProofError if it does not."""
        if size == 0:
            return
        reader = tiles.TileReader(self.fetch_tile, self.size)
        proof = consistency_proof(size, self.size, reader.hash)
        verify_consistency(size, self.size, proof, root, self.root)
