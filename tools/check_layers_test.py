#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of check_layers.py on small trees that each break one rule."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import check_layers

LAYERS = {"base": "", "net": "base", "proto": "base", "pyhost": "base", "cli": "base net proto"}


class CheckLayers(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("base/fd.h")
        self.write("net/loop.h", '#include "base/fd.h"')
        self.write("net/loop.cc", '#include "net/loop.h"', "#include <vector>")
        self.write("net/CMakeLists.txt", "penstock_module(net SOURCES loop.cc)")

    def write(self, name: str, *lines: str) -> None:
        file = self.root / "src" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines))

    def complaints(self, layers: dict[str, str] = LAYERS) -> str:
        return "\n".join(check_layers.check(self.root, layers))

    def test_accepts_a_tree_that_keeps_the_rules(self) -> None:
        self.assertEqual(self.complaints(), "")

    def test_refuses_an_include_that_the_table_does_not_allow(self) -> None:
        self.write("base/fd.h", "// first line", '#include "net/loop.h"')
        self.assertIn("src/base/fd.h:2: base/ may not include net/", self.complaints())

    def test_refuses_an_include_that_is_not_in_src(self) -> None:
        self.write("net/loop.h", '#include "loop.h"')
        self.assertIn('src/net/loop.h:1: "loop.h" is not a file of src/', self.complaints())

    def test_refuses_an_include_that_leaves_its_folder(self) -> None:
        self.write("net/loop.h", '#include "net/../base/fd.h"')
        self.assertIn("is not a file of src/", self.complaints())

    def test_lets_a_subfolder_see_its_parent_but_not_its_sibling(self) -> None:
        self.write("proto/session.h")
        self.write("proto/one/a.h", '#include "proto/session.h"')
        self.assertEqual(self.complaints(), "")
        self.write("proto/two/b.h", '#include "proto/one/a.h"')
        self.assertIn("src/proto/two/b.h:1: proto/two/ may not include proto/one/", self.complaints())

    def test_does_not_let_a_folder_see_its_subfolder(self) -> None:
        self.write("proto/one/a.h")
        self.write("proto/session.h", '#include "proto/one/a.h"')
        self.assertIn("proto/ may not include proto/one/", self.complaints())

    def test_lets_a_higher_layer_see_subfolders(self) -> None:
        self.write("proto/one/a.h")
        self.write("cli/main.h", '#include "proto/one/a.h"')
        self.assertEqual(self.complaints(), "")

    def test_refuses_files_that_include_each_other(self) -> None:
        self.write("net/a.h", '#include "net/b.h"')
        self.write("net/b.h", '#include "net/a.h"')
        self.assertIn("files include each other", self.complaints())

    def test_keeps_the_interpreter_in_pyhost(self) -> None:
        self.write("pyhost/ref.h", "#include <Python.h>")
        self.assertEqual(self.complaints(), "")
        self.write("net/loop.h", "#include <Python.h>")
        self.assertIn("src/net/loop.h:1: only pyhost/ may include Python.h", self.complaints())

    def test_refuses_a_source_that_no_cmakelists_names(self) -> None:
        self.write("net/lost.cc")
        self.write("net/CMakeLists.txt", "penstock_module(net SOURCES loop.cc # lost.cc", ")")
        self.assertIn(
            "src/net/lost.cc is not named in src/net/CMakeLists.txt", self.complaints()
        )

    def test_refuses_a_folder_that_is_not_in_the_table(self) -> None:
        self.write("util/odd.h")
        self.assertIn("src/util is not in the table", self.complaints())

    def test_refuses_a_table_with_a_cycle(self) -> None:
        self.assertIn("the table has a cycle", self.complaints({"base": "net", "net": "base"}))

    def test_refuses_a_table_that_names_an_unknown_layer(self) -> None:
        self.assertIn("include nett, which", self.complaints({"base": "", "net": "base nett"}))

    def test_refuses_an_empty_tree(self) -> None:
        self.assertIn("holds no sources", "\n".join(check_layers.check(self.root / "nowhere")))

    def test_has_a_sound_table_of_its_own(self) -> None:
        folders = "\n".join(check_layers.check_folders(self.root / "src", [], check_layers.LAYERS))
        self.assertEqual(folders, "")


if __name__ == "__main__":
    unittest.main()
