// Package main answers, with Go's own notes and transparent logs, the questions that the contract test asks on stdin.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type query struct {
	Signer string     `json:"signer"`
	Text   string     `json:"text"`
	Vkeys  []string   `json:"vkeys"`
	Notes  []string   `json:"notes"`
	Sizes  []int64    `json:"sizes"`
	Pairs  [][2]int64 `json:"pairs"`
	Checks []check    `json:"checks"`
}

// A check is an inclusion proof when Leaf is set, and a consistency proof from Old otherwise.
type check struct {
	Size  int64    `json:"size"`
	Root  string   `json:"root"`
	Index int64    `json:"index"`
	Leaf  string   `json:"leaf"`
	Old   int64    `json:"old"`
	Older string   `json:"older"`
	Proof []string `json:"proof"`
}

type answer struct {
	Signed      string            `json:"signed"`
	Opened      []bool            `json:"opened"`
	Roots       []string          `json:"roots"`
	Tiles       map[string]string `json:"tiles"`
	Inclusion   [][]string        `json:"inclusion"`
	Consistency [][]string        `json:"consistency"`
	Checked     []bool            `json:"checked"`
}

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, fmt.Errorf("hash %d is not stored", index)
		}
		out[i] = h[index]
	}
	return out, nil
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func unhex(text string) (hash tlog.Hash) {
	if copy(hash[:], must(hex.DecodeString(text))) != len(hash) {
		panic("not a hash: " + text)
	}
	return hash
}

func texts(proof []tlog.Hash) []string {
	out := []string{}
	for _, hash := range proof {
		out = append(out, hex.EncodeToString(hash[:]))
	}
	return out
}

func passes(c check) bool {
	proof := []tlog.Hash{}
	for _, text := range c.Proof {
		proof = append(proof, unhex(text))
	}
	if c.Leaf != "" {
		return tlog.CheckRecord(proof, c.Size, unhex(c.Root), c.Index, unhex(c.Leaf)) == nil
	}
	return tlog.CheckTree(proof, c.Size, unhex(c.Root), c.Old, unhex(c.Older)) == nil
}

func main() {
	var q query
	if err := json.NewDecoder(os.Stdin).Decode(&q); err != nil {
		panic(err)
	}
	a := answer{Tiles: map[string]string{}}

	signer := must(note.NewSigner(q.Signer))
	a.Signed = string(must(note.Sign(&note.Note{Text: q.Text}, signer)))
	var known []note.Verifier
	for _, vkey := range q.Vkeys {
		known = append(known, must(note.NewVerifier(vkey)))
	}
	for _, text := range q.Notes {
		_, err := note.Open([]byte(text), note.VerifierList(known...))
		a.Opened = append(a.Opened, err == nil)
	}

	var stored hashes
	var size, published int64
	for _, next := range q.Sizes {
		for ; size < next; size++ {
			leaf := tlog.RecordHash(fmt.Appendf(nil, "%d", size))
			stored = append(stored, must(tlog.StoredHashesForRecordHash(size, leaf, stored))...)
		}
		root := must(tlog.TreeHash(size, stored))
		a.Roots = append(a.Roots, hex.EncodeToString(root[:]))
		for _, tile := range tlog.NewTiles(8, published, size) {
			sum := sha256.Sum256(must(tlog.ReadTileData(tile, stored)))
			a.Tiles[strings.Replace(tile.Path(), "tile/8/", "tile/", 1)] = hex.EncodeToString(sum[:])
		}
		published = size
	}
	for _, pair := range q.Pairs {
		a.Inclusion = append(a.Inclusion, texts(must(tlog.ProveRecord(pair[1], pair[0], stored))))
		a.Consistency = append(a.Consistency, texts(must(tlog.ProveTree(pair[1], pair[0]+1, stored))))
	}
	for _, c := range q.Checks {
		a.Checked = append(a.Checked, passes(c))
	}

	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(a); err != nil {
		panic(err)
	}
	os.Stdout.Write(out.Bytes())
}
