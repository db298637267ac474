package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nereid.server.backend.Backends;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.schedule.limit.RateLimiter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What requests are told while the start-up models load: the fronts answer by then. */
class StartingRepositoryTest {
    @TempDir
    Path root;

    @Test
    void modelsAreUnavailableUntilTheStartIsDoneAndUnknownAfterwards() {
        TestRepository.write(root, "there", FakeBackend.CONFIG, 1);
        ModelRepository repository = ModelRepository.open(
                TestRepository.config(ControlMode.NONE, root),
                new Backends(List.of(new FakeBackend())),
                new SharedResources(Optional.empty(), RateLimiter.of(RateLimitConfig.OFF)));
        for (String model : List.of("there", "elsewhere")) {
            InferException starting = catchThrowableOfType(InferException.class, () -> repository.find(model, ""));
            assertThat(starting.code()).isEqualTo(InferException.Code.UNAVAILABLE);
            assertThat(starting.text())
                    .isEqualTo("The server is starting: model '" + model + "' is not loaded yet, if there is one");
        }
        assertThat(codeOf(repository, "there", "stable")).isEqualTo(InferException.Code.UNAVAILABLE);
        assertThat(repository.mayBeLabel("there", "stable")).isTrue();
        assertThat(codeOf(repository, "there", "no label")).isEqualTo(InferException.Code.INVALID_ARG);
        assertThat(repository.mayBeLabel("there", "no label")).isFalse();
        repository.loadStartupModels();
        repository.startup().orTimeout(30, TimeUnit.SECONDS).join();
        assertThat(repository.find("there", "").name()).isEqualTo("there");
        assertThat(codeOf(repository, "elsewhere", "")).isEqualTo(InferException.Code.NOT_FOUND);
        assertThat(codeOf(repository, "there", "stable")).isEqualTo(InferException.Code.INVALID_ARG);
        assertThat(repository.mayBeLabel("there", "stable")).isFalse();
        TestRepository.close(repository);
    }

    private static InferException.Code codeOf(ModelRepository repository, String model, String version) {
        return catchThrowableOfType(InferException.class, () -> repository.find(model, version))
                .code();
    }
}
