package dev.nereid.models.pytorch.export;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.nereid.models.ModelFormatException;
import java.nio.charset.StandardCharsets;

/**
 * The reader of exported programs' JSON under Jazzer, which looks for inputs that reach new code. An ordinary build runs the kept
 * inputs only; {@code JAZZER_FUZZ=1} with {@code -Dtest=ProgramJazzerTest} searches.
 */
class ProgramJazzerTest {
    @FuzzTest(maxDuration = "10m")
    void readsOrRefusesAnyText(byte[] json) {
        isRead(new String(json, StandardCharsets.UTF_8));
    }

    /** Whether a program is read; anything but the reader's own exception is a failure. */
    static boolean isRead(String json) {
        try {
            ProgramArchives.load(ProgramArchives.of(json)).close();
            return true;
        } catch (ModelFormatException e) {
            return false;
        }
    }
}
