package dev.nereid.server.repository;

/** What a client reads when a model cannot be found; the texts are Triton's. */
final class LookUpErrors {
    private static final String PREFIX = "Request for unknown model: '";

    private LookUpErrors() {}

    static String unknownModel(String name) {
        return PREFIX + name + "' is not found";
    }

    static String unknownVersion(String name, long version) {
        return PREFIX + name + "' version " + version + " is not found";
    }

    static String noVersions(String name) {
        return PREFIX + name + "' has no available versions";
    }

    static String notReady(String name, long version) {
        return PREFIX + name + "' version " + version + " is not at ready state";
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
