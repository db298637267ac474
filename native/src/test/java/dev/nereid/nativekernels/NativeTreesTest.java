package dev.nereid.nativekernels;

import dev.nereid.kernels.scalar.ScalarTrees;
import dev.nereid.kernels.tree.TreeKernels;
import dev.nereid.kernels.tree.TreeKernelsTest;
import dev.nereid.kernels.tree.WalkedTrees;
import dev.nereid.nativekernels.NativeLibrary.Result;
import org.junit.jupiter.api.Assumptions;

class NativeTreesTest extends TreeKernelsTest {
    @Override
    protected TreeKernels kernels() {
        if (!(NativeLibrary.load() instanceof Result.Loaded loaded)) {
            System.out.println("skipped: decision trees in C: no native library");
            return Assumptions.abort("no native library");
        }
        return new WalkedTrees(new ForestCalls(loaded.library()), new ScalarTrees());
    }
}
