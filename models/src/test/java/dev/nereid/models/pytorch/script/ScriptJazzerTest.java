package dev.nereid.models.pytorch.script;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelFormatException;
import java.nio.charset.StandardCharsets;

/**
 * The parser and the evaluator of TorchScript's code under Jazzer, which looks for inputs that reach new code. An ordinary build
 * runs the kept inputs only; {@code JAZZER_FUZZ=1} with {@code -Dtest=ScriptJazzerTest} searches.
 */
class ScriptJazzerTest {
    @FuzzTest(maxDuration = "10m")
    void loadsOrRefusesAnyCode(byte[] code) {
        isLoaded(new String(code, StandardCharsets.UTF_8));
    }

    /** Whether a model is loaded; anything but the reader's own exception is a failure. */
    static boolean isLoaded(String code) {
        try (SlabPool memory = new SlabPool(1L << 24)) {
            ScriptArchives.load(code, memory).close();
            return true;
        } catch (ModelFormatException e) {
            return false;
        }
    }
}
