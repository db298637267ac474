package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.schedule.Clock;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCatalogTest {
    @TempDir
    Path root;

    @Test
    void loadsNothingOnceItIsClosedAlsoWhatNobodyAskedForBefore() {
        TestRepository.write(root, "late", TestRepository.IDENTITY, 1);
        ModelCatalog catalog = new ModelCatalog(new ModelNames(false));
        EnsembleLoader ensembles = new EnsembleLoader(catalog, SharedResources.NONE, Clock.system());
        VersionLoader loader = new VersionLoader(
                RepositoryConfig.of(root),
                new Backends(List.of(new IdentityBackend())),
                ensembles,
                SharedResources.NONE,
                Clock.system());
        ModelSource source = ModelSource.read(
                ModelId.of("late"), root.resolve("late"), LoadParameters.NONE, new ModelConfigReader("", false));

        assertThat(catalog.close()).isCompleted();
        assertThatThrownBy(() -> catalog.entry(ModelId.of("late")).load(source, true, loader, Runnable::run))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("Server not ready");
        assertThat(catalog.live()).isEmpty();
    }
}
