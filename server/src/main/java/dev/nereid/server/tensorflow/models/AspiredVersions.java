package dev.nereid.server.tensorflow.models;

import dev.nereid.proto.tensorflow.ModelConfig;
import dev.nereid.proto.tensorflow.VersionPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which versions of a model are to be served: those in its folder that the policy chooses. Source:
 * file_system_storage_path_source.cc.
 */
final class AspiredVersions {
    private static final Logger LOG = LoggerFactory.getLogger(AspiredVersions.class);

    private AspiredVersions() {}

    /** Number to folder; empty if there are none, or the folder cannot be read. */
    static NavigableMap<Long, Path> of(ModelConfig model) {
        NavigableMap<Long, Path> available = available(ModelList.basePath(model));
        VersionPolicy policy = model.getModelVersionPolicy();
        return switch (policy.getPolicyChoiceCase()) {
            case ALL -> available;
            case SPECIFIC -> {
                Set<Long> wanted = new TreeSet<>(policy.getSpecific().getVersionsList());
                available.keySet().retainAll(wanted);
                yield available;
            }
            case LATEST, POLICYCHOICE_NOT_SET -> {
                int count = Math.max(policy.getLatest().getNumVersions(), 1);
                while (available.size() > count) {
                    available.pollFirstEntry();
                }
                yield available;
            }
        };
    }

    /** Folders whose names are numbers, with zeros in front or without. */
    private static NavigableMap<Long, Path> available(Path folder) {
        NavigableMap<Long, Path> versions = new TreeMap<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.sorted().toList()) {
                long number = number(String.valueOf(entry.getFileName()));
                if (number < 0 || !Files.isDirectory(entry)) {
                    continue;
                }
                Path other = versions.put(number, entry);
                if (other != null) {
                    LOG.warn("{} and {} are version {}: the second one is served", other, entry, number);
                }
            }
        } catch (IOException e) {
            LOG.debug("folder {} cannot be read", folder, e);
        }
        return versions;
    }

    /** The version that a name stands for; negative if it is none. */
    private static long number(String name) {
        if (name.isEmpty() || !name.chars().allMatch(letter -> letter >= '0' && letter <= '9')) {
            return -1;
        }
        try {
            return Long.parseLong(name);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** The versions in a map without some of them. */
    static NavigableMap<Long, Path> without(Map<Long, Path> versions, Set<Long> removed) {
        NavigableMap<Long, Path> rest = new TreeMap<>(versions);
        rest.keySet().removeAll(removed);
        return Collections.unmodifiableNavigableMap(rest);
    }
}
