package dev.nereid.nativekernels;

import dev.nereid.kernels.scalar.ScalarTrees;
import dev.nereid.kernels.tree.TreeKernels;
import dev.nereid.kernels.tree.TreeKernelsTest;
import dev.nereid.kernels.tree.WalkedTrees;

class NativeTreesTest extends TreeKernelsTest {
    @Override
    protected TreeKernels kernels() {
        return new WalkedTrees(new ForestCalls(TestedLibrary.of("decision trees in C")), new ScalarTrees());
    }
}
