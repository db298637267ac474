package dev.nereid.server.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.nereid.server.backend.Backends;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import dev.nereid.server.repository.SharedResources;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.schedule.limit.RateLimiter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServablesTest {
    @TempDir
    private Path root;

    /** A proxy hands other errors on, and asks another server after this one. */
    @Test
    void whatIsNotThereIsUnavailableUntilTheStartIsDone() {
        ModelRepository repository = ModelRepository.open(
                RepositoryConfig.of(root),
                new Backends(List.of()),
                new SharedResources(Optional.empty(), RateLimiter.of(RateLimitConfig.OFF)));
        Servables servables = new Servables(repository);
        ServableSpec model = ServableSpec.latest("half_plus_two");
        ServableSpec label = new ServableSpec("half_plus_two", OptionalLong.empty(), Optional.of("stable"));
        assertThat(codeOf(servables, model)).isEqualTo(InferException.Code.UNAVAILABLE);
        assertThat(codeOf(servables, label)).isEqualTo(InferException.Code.UNAVAILABLE);
        repository.loadStartupModels();
        repository.startup().orTimeout(30, TimeUnit.SECONDS).join();
        assertThat(codeOf(servables, model)).isEqualTo(InferException.Code.NOT_FOUND);
        assertThat(codeOf(servables, label)).isEqualTo(InferException.Code.INVALID_ARG);
        assertThat(repository.close(Duration.ofSeconds(30))).isTrue();
    }

    private static InferException.Code codeOf(Servables servables, ServableSpec spec) {
        return catchThrowableOfType(InferException.class, () -> servables.find(spec))
                .code();
    }
}
