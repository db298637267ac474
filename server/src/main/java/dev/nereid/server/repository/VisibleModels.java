package dev.nereid.server.repository;

import dev.nereid.server.protocol.InferException;
import java.util.List;
import java.util.OptionalLong;

/** The catalog as whoever asks may see it: models and versions that they may not see are unknown ones. Any thread. */
final class VisibleModels {
    private final ModelCatalog catalog;
    private final ModelNames names;
    private volatile ModelVisibility visibility = ModelVisibility.ALL;

    VisibleModels(ModelCatalog catalog, ModelNames names) {
        this.catalog = catalog;
        this.names = names;
    }

    void showOnly(ModelVisibility newVisibility) {
        visibility = newVisibility;
    }

    boolean has(Model model) {
        return visibility.sees(model.name(), model.version());
    }

    /** Whether they may see some version of it. */
    boolean has(String model) {
        return visibility.sees(model, ModelVisibility.ANY_VERSION);
    }

    boolean has(IndexEntry entry) {
        return visibility.sees(
                entry.name(),
                entry.version().isEmpty() ? ModelVisibility.ANY_VERSION : Long.parseLong(entry.version()));
    }

    /**
     * Does nothing if they may see a model and a version of it.
     *
     * @param version a number or a label; empty for any
     * @throws InferException as for a model or version that there is not
     */
    void check(String name, String version) {
        if (visibility.equals(ModelVisibility.ALL)) {
            return;
        }
        if (!has(name)) {
            long _ = VersionNumber.of(version);
            throw InferException.notFound(LookUpErrors.unknownModel(name));
        }
        long number = version.isEmpty() ? ModelVisibility.ANY_VERSION : catalog.number(name, version);
        if (number >= 0 && !visibility.sees(name, number)) {
            throw InferException.notFound(LookUpErrors.unknownVersion(names.find(name), number));
        }
    }

    /**
     * A ready version that they may see.
     *
     * @param version a number or a label; empty for the highest
     * @throws InferException if there is none, to them
     */
    Model find(String name, String version) {
        check(name, version);
        return orHighestVisible(name, version, catalog.find(name, version));
    }

    /** As {@link #find}, for a request, as {@link ModelRepository#findForRequest} says. */
    Model findForRequest(String name, String version) {
        check(name, version);
        return orHighestVisible(name, version, catalog.findForRequest(name, version));
    }

    /** A version that was found, or the highest that they may see, where they named none. */
    private Model orHighestVisible(String name, String version, Model found) {
        if (!found.name().equals(name) || has(found)) { // another model is its fallback
            return found;
        }
        List<Model> others = version.isEmpty()
                ? catalog.readyVersions(name).stream().filter(this::has).toList()
                : List.of();
        if (others.isEmpty()) {
            throw InferException.notFound(LookUpErrors.noVersions(found.id()));
        }
        return others.getLast();
    }

    OptionalLong label(String name, String label) {
        OptionalLong version = catalog.label(name, label);
        return version.isPresent() && visibility.sees(name, version.getAsLong()) ? version : OptionalLong.empty();
    }

    boolean isReady(String name, String version) {
        if (!has(name)) {
            long _ = VersionNumber.of(version);
            return false;
        }
        return catalog.isReady(name, version)
                && (version.isEmpty() || visibility.sees(name, catalog.number(name, version)));
    }

    List<Model> readyVersions(String name) {
        check(name, "");
        List<Model> visible =
                catalog.readyVersions(name).stream().filter(this::has).toList();
        if (visible.isEmpty()) {
            throw InferException.notFound(LookUpErrors.noVersions(names.find(name)));
        }
        return visible;
    }

    List<Model> forStatistics(String name, String version) {
        if (!name.isEmpty() && !has(name)) {
            long _ = VersionNumber.of(version);
            throw InferException.invalid(LookUpErrors.noStatistics(name));
        }
        List<Model> visible =
                catalog.forStatistics(name, version).stream().filter(this::has).toList();
        if (visible.isEmpty() && !name.isEmpty()) {
            throw InferException.invalid(LookUpErrors.noVersionStatistics(name));
        }
        return visible;
    }

    /** Refuses to load and unload what they may not see, be there such a model or not. */
    void checkMayChange(String name) {
        if (!has(name)) {
            throw new InferException(
                    InferException.Code.PERMISSION_DENIED, "loads and unloads of model '" + name + "' are not allowed");
        }
    }
}
