// Package main verifies a journal that a mirror serves, with Go's own notes and transparent logs.
//
// It reads one JSON object on stdin and prints one on stdout, or fails. Everything is fetched over HTTP; nothing but the
// verifier keys is believed.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type query struct {
	Mirror  string `json:"mirror"`  // where the mirror serves this journal
	Witness string `json:"witness"` // where the witness serves its last checkpoint of it
	Log     string `json:"log"`
	Cosigns []string `json:"cosigners"` // verifier keys of kind 04
	Samples int64  `json:"samples"`
}

type answer struct {
	Size       int64    `json:"size"`
	Root       string   `json:"root"`
	Signed     []string `json:"signed"`
	Entries    int64    `json:"entries"`
	Inclusions int      `json:"inclusions"`
}

// cosigner verifies cosignature/v1 lines (C2SP tlog-cosignature, kind 04), which the stock package does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(vkey string) (*cosigner, error) {
	name, rest, ok := strings.Cut(vkey, "+")
	id, text, ok2 := strings.Cut(rest, "+")
	if !ok || !ok2 {
		return nil, fmt.Errorf("not a verifier key: %s", vkey)
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, fmt.Errorf("not a key of kind 04: %s", vkey)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:4])
	if fmt.Sprintf("%08x", hash) != id {
		return nil, fmt.Errorf("the identifier of %s is wrong", name)
	}
	return &cosigner{name, hash, key[1:]}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature[:8])
	message := append([]byte("cosignature/v1\ntime "+strconv.FormatUint(time, 10)+"\n"), text...)
	return ed25519.Verify(c.key, message, signature[8:])
}

func get(url string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != 200 {
		err = fmt.Errorf("%s answers %d", url, response.StatusCode)
	}
	return data, err
}

// tiles reads tiles of height 8 at the paths of tlog-tiles: those of Go without the height.
type tiles struct{ prefix string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(wanted))
	for i, tile := range wanted {
		data, err := get(t.prefix + "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/"))
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = s[index]
	}
	return found, nil
}

// records fetches every entry of the journal and gives its leaf hash.
func records(prefix string, size int64, each func(int64, tlog.Hash) error) error {
	for first := int64(0); first < size; first += 256 {
		tile := tlog.Tile{H: 8, L: -1, N: first / 256, W: int(min(256, size-first))}
		path := strings.Replace(strings.TrimPrefix(tile.Path(), "tile/8/"), "data", "entries", 1)
		data, err := get(prefix + "tile/" + path)
		if err != nil {
			return err
		}
		for i := 0; i < tile.W; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("the bundle of %d is cut", first)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			if err := each(first+int64(i), tlog.RecordHash(data[2:end])); err != nil {
				return err
			}
			data = data[end:]
		}
		if len(data) != 0 {
			return fmt.Errorf("%d bytes behind the bundle of %d", len(data), first)
		}
	}
	return nil
}

func run(q query) (*answer, error) {
	log, err := note.NewVerifier(q.Log)
	if err != nil {
		return nil, err
	}
	verifiers := []note.Verifier{log}
	for _, vkey := range q.Cosigns {
		cosigner, err := newCosigner(vkey)
		if err != nil {
			return nil, err
		}
		verifiers = append(verifiers, cosigner)
	}
	known := note.VerifierList(verifiers...)
	mirrored, err := get(q.Mirror + "checkpoint")
	if err != nil {
		return nil, err
	}
	held, err := note.Open(mirrored, known)
	if err != nil {
		return nil, err
	}
	witnessed, err := get(q.Witness)
	if err != nil {
		return nil, err
	}
	seen, err := note.Open(witnessed, known)
	if err != nil {
		return nil, err
	}
	if seen.Text != held.Text {
		return nil, fmt.Errorf("witness and mirror have signed different checkpoints")
	}
	// The same note with the lines of both.
	_, lines, _ := strings.Cut(string(witnessed), "\n\n")
	for _, line := range strings.SplitAfter(lines, "\n") {
		if !strings.Contains(string(mirrored), line) {
			mirrored = append(mirrored, line...)
		}
	}
	whole, err := note.Open(mirrored, known)
	if err != nil {
		return nil, err
	}
	if len(whole.UnverifiedSigs) != 0 || len(whole.Sigs) != len(verifiers) {
		return nil, fmt.Errorf("%d of %d signatures are verified", len(whole.Sigs), len(verifiers))
	}
	part := strings.Split(whole.Text, "\n")
	size, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil || len(part) != 4 || part[0] != log.Name() {
		return nil, fmt.Errorf("not a checkpoint of %s", log.Name())
	}
	root, err := tlog.ParseHash(part[2])
	if err != nil {
		return nil, err
	}
	out := &answer{Size: size, Root: part[2]}
	for _, signature := range whole.Sigs {
		out.Signed = append(out.Signed, signature.Name)
	}
	// Every entry, hashed here, leads to the signed root.
	var hashes stored
	var leaves []tlog.Hash
	err = records(q.Mirror, size, func(index int64, leaf tlog.Hash) error {
		leaves = append(leaves, leaf)
		more, err := tlog.StoredHashesForRecordHash(index, leaf, hashes)
		hashes = append(hashes, more...)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Entries = int64(len(leaves))
	if computed, err := tlog.TreeHash(size, hashes); err != nil || computed != root {
		return nil, fmt.Errorf("the entries lead to %v, signed is %v (%v)", computed, root, err)
	}
	// Proofs from the served tiles, which the reader of Go authenticates against the root.
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{q.Mirror})
	for i := int64(0); i < q.Samples; i++ {
		index := (i*2654435761 + size - 1) % size
		proof, err := tlog.ProveRecord(size, index, reader)
		if err != nil {
			return nil, err
		}
		if err := tlog.CheckRecord(proof, size, root, index, leaves[index]); err != nil {
			return nil, err
		}
		out.Inclusions++
	}
	return out, nil
}

func main() {
	var q query
	err := json.NewDecoder(os.Stdin).Decode(&q)
	if err == nil {
		var out *answer
		if out, err = run(q); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
