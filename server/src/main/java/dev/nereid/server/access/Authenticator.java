package dev.nereid.server.access;

import dev.nereid.server.protocol.CallRecord;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.watch.FileWatch;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Tells who makes a call. One for a server; any thread. */
public final class Authenticator {
    private static final String BEARER = "bearer ";

    private final boolean off;
    private final Supplier<KeyRing> keys;
    private final Supplier<AccessPolicy> policy;
    private final InstantSource clock;
    private final CertificateNames certificates = new CertificateNames();

    private Authenticator(boolean off, Supplier<KeyRing> keys, Supplier<AccessPolicy> policy, InstantSource clock) {
        this.off = off;
        this.keys = keys;
        this.policy = policy;
        this.clock = clock;
    }

    /** A server where everybody may do all. */
    public static Authenticator none() {
        return new Authenticator(true, () -> KeyRing.NONE, () -> AccessPolicy.DEFAULT, InstantSource.system());
    }

    /**
     * Reads the files, and reads them again when they change.
     *
     * @throws IllegalArgumentException with a sentence that names the file that does not hold what it should
     */
    public static Authenticator open(AccessConfig config, FileWatch files) {
        return open(config, files, InstantSource.system());
    }

    static Authenticator open(AccessConfig config, FileWatch files, InstantSource clock) {
        if (config.isNone()) {
            return none();
        }
        Supplier<KeyRing> keys = () -> KeyRing.NONE;
        if (config.keys().isPresent()) {
            var file = config.keys().get();
            keys = files.open("API keys", List.of(file), contents -> AccessConfig.readKeys(contents, file));
        }
        Supplier<AccessPolicy> policy = () -> AccessPolicy.DEFAULT;
        if (config.policy().isPresent()) {
            var file = config.policy().get();
            policy = files.open("access policy", List.of(file), contents -> AccessConfig.readPolicy(contents, file));
        }
        return new Authenticator(false, keys, policy, clock);
    }

    /** Whether everybody may do all; then nobody need be asked who they are. */
    public boolean isOff() {
        return off;
    }

    /** Who shows that: the owner of the API key, else whom the certificate names, else nobody. */
    public Caller caller(Credentials shown) {
        Caller caller = find(shown);
        CallRecord.current().ifPresent(call -> call.madeBy(caller.principal().id()));
        return caller;
    }

    private Caller find(Credentials shown) {
        Optional<String> key = key(shown);
        AccessPolicy rules = policy.get();
        if (key.isPresent()) {
            Optional<Principal> owner = keys.get().find(key.get(), clock.instant());
            return new Caller(
                    owner.orElse(Principal.ANONYMOUS),
                    rules,
                    owner.isPresent()
                            ? Optional.empty()
                            : Optional.of(new InferException(
                                    InferException.Code.UNAUTHENTICATED, "the API key is not known, or not valid now")),
                    Optional.empty());
        }
        Principal principal = shown.certificate().flatMap(certificates::find).orElse(Principal.ANONYMOUS);
        return new Caller(principal, rules, Optional.empty(), Optional.empty());
    }

    private static Optional<String> key(Credentials shown) {
        return shown.header("x-api-key")
                .or(() -> shown.header("authorization")
                        .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                        .map(value -> value.substring(BEARER.length()).strip()));
    }
}
