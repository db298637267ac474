package dev.nereid.server.access;

import dev.nereid.server.protocol.ApiGroup;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Rules in order: the first that is about a call decides, and a call that none is about is denied. Immutable. */
record AccessPolicy(List<AccessRule> rules) {
    /** These change or tell of the whole server, whatever models a rule names. */
    private static final Set<ApiGroup> OF_SERVER = EnumSet.of(ApiGroup.SHARED_MEMORY, ApiGroup.TRACE, ApiGroup.LOGGING);

    /** Where nobody has written rules: all who show who they are may do all, and others may ask whether the server is ready. */
    static final AccessPolicy DEFAULT = new AccessPolicy(List.of(
            AccessRule.allowing(Set.of(Principal.ANONYMOUS_GROUP), List.of(), Set.of(ApiGroup.HEALTH)),
            AccessRule.allowing(
                    Set.of(AccessRule.EVERYBODY), List.of(NamePattern.ANY), EnumSet.allOf(ApiGroup.class))));

    AccessPolicy {
        rules = List.copyOf(rules);
    }

    /** Whether somebody may make calls of a group at all; of which models is asked where they name one. */
    boolean allows(Principal principal, ApiGroup group) {
        for (AccessRule rule : rules) {
            if (!rule.isFor(principal) || !rule.isAbout(Optional.of(group))) {
                continue;
            }
            if (rule.allows() && (!OF_SERVER.contains(group) || rule.hasAllModels())) {
                return true;
            }
            if (!rule.allows() && rule.hasAllModels() && rule.hasAllVersions()) {
                return false;
            }
        }
        return false;
    }

    /**
     * Whether somebody may make calls of a group to a model.
     *
     * @param group empty for any group
     * @param version negative for any version
     */
    boolean allows(Principal principal, Optional<ApiGroup> group, String model, long version) {
        for (AccessRule rule : rules) {
            if (!rule.isFor(principal) || !rule.isAbout(group) || !rule.hasModel(model)) {
                continue;
            }
            if (rule.allows() && (version < 0 || rule.hasVersion(version))) {
                return true;
            }
            boolean decides = rule.hasAllVersions() || (version >= 0 && rule.hasVersion(version));
            if (!rule.allows() && decides && rule.isAboutAll(group)) {
                return false;
            }
        }
        return false;
    }
}
