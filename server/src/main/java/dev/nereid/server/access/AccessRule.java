package dev.nereid.server.access;

import dev.nereid.server.protocol.ApiGroup;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A line of the policy.
 *
 * @param groups whom it is for; {@code *} for all who show who they are
 * @param principals whom it is for by name, beside the groups
 * @param models names of models
 * @param versions numbers of versions
 * @param apis groups of calls
 * @param allows whether it allows these calls, or denies them
 */
record AccessRule(
        Set<String> groups,
        List<NamePattern> principals,
        List<NamePattern> models,
        List<NamePattern> versions,
        Set<ApiGroup> apis,
        boolean allows) {
    static final String EVERYBODY = "*";

    AccessRule {
        groups = Set.copyOf(groups);
        principals = List.copyOf(principals);
        models = List.copyOf(models);
        versions = List.copyOf(versions);
        apis = Set.copyOf(apis);
    }

    /** A rule for groups that allows calls of some kinds, of whatever version. */
    static AccessRule allowing(Set<String> groups, List<NamePattern> models, Set<ApiGroup> apis) {
        return new AccessRule(groups, List.of(), models, List.of(NamePattern.ANY), apis, true);
    }

    boolean isFor(Principal principal) {
        if (principal.isAnonymous()) {
            return groups.contains(Principal.ANONYMOUS_GROUP);
        }
        return groups.contains(EVERYBODY)
                || principal.groups().stream().anyMatch(groups::contains)
                || anyMatches(principals, principal.id());
    }

    /** Whether it is about calls of a group; of any group where none is given. */
    boolean isAbout(Optional<ApiGroup> group) {
        return group.map(apis::contains).orElse(!apis.isEmpty());
    }

    /** Whether it is about every call of a group; of all groups where none is given. */
    boolean isAboutAll(Optional<ApiGroup> group) {
        return group.map(apis::contains).orElse(apis.containsAll(EnumSet.allOf(ApiGroup.class)));
    }

    boolean hasModel(String model) {
        return anyMatches(models, model);
    }

    boolean hasVersion(long version) {
        return anyMatches(versions, Long.toString(version));
    }

    boolean hasAllModels() {
        return models.contains(NamePattern.ANY);
    }

    boolean hasAllVersions() {
        return versions.contains(NamePattern.ANY);
    }

    private static boolean anyMatches(List<NamePattern> patterns, String name) {
        for (NamePattern pattern : patterns) {
            if (pattern.matches(name)) {
                return true;
            }
        }
        return false;
    }
}
