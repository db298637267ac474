package dev.nereid.models.onnx;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * The importer under Jazzer, which looks for inputs that reach new code. An ordinary build runs the kept inputs only;
 * {@code JAZZER_FUZZ=1} with {@code -Dtest=ImporterJazzerTest} searches.
 */
class ImporterJazzerTest {
    @FuzzTest(maxDuration = "10m")
    void readsOrRefusesAnyBytes(byte[] file) {
        ImporterFuzzTest.isRead(file);
    }
}
