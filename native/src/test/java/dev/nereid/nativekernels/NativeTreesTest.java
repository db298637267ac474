package dev.nereid.nativekernels;

import dev.nereid.kernels.scalar.ScalarTrees;
import dev.nereid.kernels.tree.ForestWalkKernels;
import dev.nereid.kernels.tree.TreeKernels;
import dev.nereid.kernels.tree.TreeKernelsTest;

class NativeTreesTest extends TreeKernelsTest {
    @Override
    protected TreeKernels kernels() {
        return new ForestWalkKernels(new ForestCalls(TestedLibrary.of("decision trees in C")), new ScalarTrees());
    }
}
