package dev.nereid.server.tls;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The versions of TLS that a server can ask for at least; those before are not spoken. */
public enum TlsVersion {
    TLS_1_2("1.2"),
    TLS_1_3("1.3");

    private final String flagName;

    TlsVersion(String flagName) {
        this.flagName = flagName;
    }

    /** The version that flags call that. */
    public static Optional<TlsVersion> find(String flagName) {
        return Arrays.stream(values())
                .filter(version -> version.flagName.equals(flagName))
                .findFirst();
    }

    /** The JDK's names of this version and those after it, the best first. */
    List<String> protocols() {
        return switch (this) {
            case TLS_1_2 -> List.of("TLSv1.3", "TLSv1.2");
            case TLS_1_3 -> List.of("TLSv1.3");
        };
    }
}
