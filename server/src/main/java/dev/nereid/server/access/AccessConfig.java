package dev.nereid.server.access;

import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.watch.FileContents;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The files that say who asks and what they may; where there is none, everybody may do all.
 *
 * @param keys API keys
 * @param policy rules; without it all who show who they are may do all
 */
public record AccessConfig(Optional<Path> keys, Optional<Path> policy) {
    public static final AccessConfig NONE = new AccessConfig(Optional.empty(), Optional.empty());

    private static final Pattern SHA_256 = Pattern.compile("[0-9a-fA-F]{64}");
    private static final Set<String> KEY_MEMBERS = Set.of("id", "sha256", "groups", "not_before", "expires");
    private static final Set<String> RULE_MEMBERS =
            Set.of("groups", "principals", "models", "versions", "apis", "deny");

    public AccessConfig {
        Objects.requireNonNull(keys, "keys");
        Objects.requireNonNull(policy, "policy");
    }

    /** Whether everybody may do all. */
    public boolean isNone() {
        return keys.isEmpty() && policy.isEmpty();
    }

    /**
     * Makes sure that the files hold what they should.
     *
     * @throws IllegalArgumentException with a sentence that names the place that does not
     */
    public void check() {
        keys.ifPresent(file -> readKeys(FileContents.read(List.of(file)), file));
        policy.ifPresent(file -> readPolicy(FileContents.read(List.of(file)), file));
    }

    static KeyRing readKeys(FileContents contents, Path file) {
        Map<String, KeyRing.Key> keys = new HashMap<>();
        AccessDocument.read(contents, file, "keys", KEY_MEMBERS, entry -> {
            String id = entry.text("id").orElseThrow(() -> entry.missing("id"));
            String hash = entry.text("sha256").orElseThrow(() -> entry.missing("sha256"));
            if (!SHA_256.matcher(hash).matches()) { // it may be the key itself, so it is not told
                throw entry.wrong("sha256", "64 hexadecimal digits", "something else");
            }
            Set<String> groups = Set.copyOf(entry.texts("groups").orElse(List.of()));
            for (String reserved : List.of(AccessRule.EVERYBODY, Principal.ANONYMOUS_GROUP)) {
                if (groups.contains(reserved) || id.equals(reserved)) {
                    throw entry.wrong("groups", "names of your own", reserved);
                }
            }
            KeyRing.Key key = new KeyRing.Key(
                    new Principal(id, groups),
                    entry.moment("not_before").orElse(Instant.MIN),
                    entry.moment("expires").orElse(Instant.MAX));
            if (keys.putIfAbsent(hash.toLowerCase(Locale.ROOT), key) != null) {
                throw entry.wrong("sha256", "another key than those before", "the same");
            }
            return key;
        });
        return new KeyRing(keys);
    }

    static AccessPolicy readPolicy(FileContents contents, Path file) {
        return new AccessPolicy(AccessDocument.read(contents, file, "rules", RULE_MEMBERS, entry -> {
            List<String> groups = entry.texts("groups").orElse(List.of());
            List<NamePattern> principals = patterns(entry, "principals", List.of());
            if (groups.isEmpty() && principals.isEmpty()) {
                throw entry.missing("groups' or 'principals");
            }
            return new AccessRule(
                    Set.copyOf(groups),
                    principals,
                    patterns(entry, "models", List.of("*")),
                    patterns(entry, "versions", List.of("*")),
                    entry.texts("apis").map(names -> apis(entry, names)).orElse(EnumSet.allOf(ApiGroup.class)),
                    !entry.flag("deny"));
        }));
    }

    private static List<NamePattern> patterns(AccessDocument.Entry entry, String key, List<String> whenAbsent) {
        return entry.texts(key).orElse(whenAbsent).stream()
                .map(NamePattern::new)
                .toList();
    }

    private static Set<ApiGroup> apis(AccessDocument.Entry entry, List<String> names) {
        Set<ApiGroup> groups = EnumSet.noneOf(ApiGroup.class);
        for (String name : names) {
            groups.add(ApiGroup.find(name)
                    .orElseThrow(() -> entry.wrong(
                            "apis",
                            "health, metadata, inference, shared-memory, model-config, model-repository, statistics, "
                                    + "trace or logging",
                            name)));
        }
        return groups;
    }
}
