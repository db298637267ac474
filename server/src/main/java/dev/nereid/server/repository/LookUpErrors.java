package dev.nereid.server.repository;

import dev.nereid.server.repository.folders.ModelId;
import java.util.Collection;
import java.util.TreeSet;

/** What a client reads when a model cannot be found; the texts are Triton's. */
final class LookUpErrors {
    private static final String PREFIX = "Request for unknown model: '";

    private LookUpErrors() {}

    static String unknownModel(String name) {
        return PREFIX + name + "' is not found";
    }

    static String unknownModel(ModelId id) {
        return PREFIX + id + "' is not found";
    }

    static String unknownVersion(ModelId id, long version) {
        return PREFIX + id + "' version " + version + " is not found";
    }

    static String noVersions(ModelId id) {
        return PREFIX + id + "' has no available versions";
    }

    static String notReady(ModelId id, long version) {
        return PREFIX + id + "' version " + version + " is not at ready state";
    }

    /** Of a name whose models have all gone; with namespaces alone. */
    static String noIdentifier(String name) {
        return "Identifier of model '" + name + "' is not found in global map";
    }

    /** Of a name that several models have. */
    static String ambiguous(String name, int models) {
        return "There are " + models + " identifiers of model '" + name
                + "' in global map, model namespace must be provided to resolve ambiguity.";
    }

    static String unknownLabel(ModelId id, String label, Collection<String> labels) {
        return "model '" + id + "' has no version label '" + label + "'; its labels are "
                + String.join(", ", new TreeSet<>(labels));
    }

    static String notANumber(String version) {
        return "failed to get model version from specified version string '" + version
                + "' (details: stol), version should be an integral value > 0";
    }

    static String notPositive(String version) {
        return "invalid model version specified '" + version + "' , version should be an integral value > 0";
    }

    static String noStatistics(String name) {
        return "requested model '" + name + "' is not available";
    }

    static String noVersionStatistics(String name) {
        return "requested model version is not available for model '" + name + "'";
    }
}
