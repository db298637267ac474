package dev.nereid.server.config;

import static dev.nereid.server.cli.Flag.active;
import static dev.nereid.server.cli.FlagKind.PATH;

import dev.nereid.server.access.AccessConfig;
import dev.nereid.server.cli.FlagGroup;
import dev.nereid.server.cli.ParsedFlags;
import java.nio.file.Path;
import java.util.Optional;

/** Reads which files say who may ask. */
final class AccessFlags {
    private static final String KEYS = "api-keys";
    private static final String POLICY = "access-policy";

    private AccessFlags() {}

    static FlagGroup group() {
        return FlagGroup.of(
                "Who may ask",
                active(
                        KEYS,
                        PATH,
                        "File of API keys in YAML or JSON, as in docs/security.md; read again when it changes. Calls need "
                                + "one in Authorization: Bearer or X-API-Key, or a client's certificate. Default: none."),
                active(
                        POLICY,
                        PATH,
                        "File of rules in YAML or JSON, as in docs/security.md; read again when it changes. What no rule "
                                + "allows is denied. Default: none; whoever has a key or a certificate may do all, and "
                                + "without --api-keys everybody may."));
    }

    static AccessConfig read(ParsedFlags flags) {
        return new AccessConfig(file(flags, KEYS), file(flags, POLICY));
    }

    private static Optional<Path> file(ParsedFlags flags, String flag) {
        return flags.text(flag).filter(path -> !path.isEmpty()).map(Path::of);
    }
}
