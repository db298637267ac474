"""Cases of the operators that compute, compare, reduce, move and make tensors: python3 aten_cases.py [FOLDER]."""

import aten_bed
import aten_elementwise
import aten_indexing
import aten_movement
import aten_reductions

if __name__ == "__main__":
    aten_bed.write({
        "elementwise.txt": aten_elementwise.bed,
        "indexing.txt": aten_indexing.bed,
        "movement.txt": aten_movement.bed,
        "reductions.txt": aten_reductions.bed,
    })
