# Finds a JDK 25 or newer and exports JAVA_HOME. Sourced by ./mvnw and ./nereid; POSIX sh, safe under set -euf.
# Where there is none it installs one (Debian and Ubuntu, as root) or says in one line what to install.

nereid_java_major() {
  # Prints the feature number of the JDK in $1, 0 where there is no usable one.
  if [ -x "$1/bin/java" ] && [ -r "$1/release" ]; then
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
  else
    echo 0
  fi
}

nereid_is_jdk() {
  # $1: a candidate folder; $2: "jdk" where a compiler is needed, "any" where a runtime will do.
  nereid_major=$(nereid_java_major "$1")
  [ "${nereid_major:-0}" -ge 25 ] && { [ "$2" = any ] || [ -x "$1/bin/javac" ]; }
}

nereid_find_jdk() {
  # $1 as $2 above. Looks in JAVA_HOME, beside the `java` of the PATH, then in the usual folders.
  if [ -n "${JAVA_HOME-}" ] && nereid_is_jdk "$JAVA_HOME" "$1"; then
    return 0
  fi
  nereid_path_java=$(command -v java 2>/dev/null || true)
  if [ -n "$nereid_path_java" ]; then
    nereid_path_java=$(readlink -f "$nereid_path_java")
    nereid_home=${nereid_path_java%/bin/java}
    if nereid_is_jdk "$nereid_home" "$1"; then
      JAVA_HOME=$nereid_home
      export JAVA_HOME
      return 0
    fi
  fi
  for nereid_folder in /usr/lib/jvm /usr/java /opt/java /opt "$HOME/.sdkman/candidates/java" "$HOME/.jdks" \
    /Library/Java/JavaVirtualMachines; do
    [ -d "$nereid_folder" ] || continue
    for nereid_name in $(ls "$nereid_folder" 2>/dev/null); do
      for nereid_home in "$nereid_folder/$nereid_name" "$nereid_folder/$nereid_name/Contents/Home"; do
        if nereid_is_jdk "$nereid_home" "$1"; then
          JAVA_HOME=$nereid_home
          export JAVA_HOME
          return 0
        fi
      done
    done
  done
  return 1
}

nereid_require_jdk() {
  nereid_find_jdk jdk && return 0
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "No JDK 25 found: installing openjdk-25-jdk-headless with apt-get." >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openjdk-25-jdk-headless; } >&2 || true
    nereid_find_jdk jdk && return 0
  fi
  if command -v apt-get >/dev/null 2>&1; then
    echo "No JDK 25 found. Install one: sudo apt-get install openjdk-25-jdk-headless (or set JAVA_HOME)." >&2
  else
    echo "No JDK 25 found. Install a JDK 25 or newer (for example Eclipse Temurin 25) or set JAVA_HOME." >&2
  fi
  return 1
}
