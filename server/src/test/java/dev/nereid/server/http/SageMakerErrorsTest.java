package dev.nereid.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.InferException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SageMakerErrorsTest {
    /** SageMaker makes room and tries again. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "load failed for model 'm': version 1 is at UNAVAILABLE state: Internal: GPU 0: out of memory: asked for 9 bytes",
                "model 'm' version 1 needs about 9 MiB of memory, but of the limit of 64 MiB (--memory-limit) only 200 KiB are free",
                "model 'm': java.lang.OutOfMemoryError: Java heap space",
                "Java heap space",
                "the server has no memory left",
                "No space left on device"
            })
    void lackOfMemoryHasAStatusOfItsOwn(String text) {
        assertThat(SageMakerErrors.status(InferException.internal(text))).isEqualTo(507);
    }

    @Test
    void otherErrorsAreBadRequestsWhateverTheirKind() {
        assertThat(SageMakerErrors.status(InferException.notFound("no such model")))
                .isEqualTo(400);
        assertThat(SageMakerErrors.status(InferException.internal("broken"))).isEqualTo(400);
        assertThat(SageMakerErrors.status(InferException.unsupported("decoupled")))
                .isEqualTo(400);
        assertThat(SageMakerErrors.status(new InferException(InferException.Code.ALREADY_EXISTS, "there")))
                .isEqualTo(409);
    }
}
