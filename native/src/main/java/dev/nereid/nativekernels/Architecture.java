package dev.nereid.nativekernels;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The architectures that there are C kernels for, on Linux. */
enum Architecture {
    X86_64("amd64", "x86-64", 62),
    AARCH64("aarch64", "AArch64", 183);

    private final String jvmName;
    private final String usualName;
    private final short elfMachine;

    Architecture(String jvmName, String usualName, int elfMachine) {
        this.jvmName = jvmName;
        this.usualName = usualName;
        this.elfMachine = (short) elfMachine;
    }

    /** The one of a JVM, by its names of the system and of the architecture; empty where there are no C kernels. */
    static Optional<Architecture> of(String system, String jvmName) {
        return Arrays.stream(values())
                .filter(each -> system.equals("Linux") && each.jvmName.equals(jvmName))
                .findFirst();
    }

    /** What people call it. */
    String usualName() {
        return usualName;
    }

    /** What a library's header calls it. */
    short elfMachine() {
        return elfMachine;
    }

    /** Where a build puts the library, beside the classes of this package. */
    String resource() {
        return "linux-" + name().toLowerCase(Locale.ROOT) + "/libnereid.so";
    }
}
