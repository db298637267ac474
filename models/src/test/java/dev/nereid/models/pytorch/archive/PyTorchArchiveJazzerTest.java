package dev.nereid.models.pytorch.archive;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * The reader of archives under Jazzer, which looks for inputs that reach new code. An ordinary build runs the kept inputs only;
 * {@code JAZZER_FUZZ=1} with {@code -Dtest=PyTorchArchiveJazzerTest} searches.
 */
class PyTorchArchiveJazzerTest {
    @FuzzTest(maxDuration = "10m")
    void readsOrRefusesAnyBytes(byte[] file) {
        PyTorchArchiveFuzzTest.isArchiveRead(file);
    }
}
