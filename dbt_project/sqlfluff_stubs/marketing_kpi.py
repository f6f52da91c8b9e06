"""Stand-ins for the project's own macros when another macro calls them by package name."""


def __getattr__(name):
    def call(*arguments, **named):
        values = [str(value) for value in (*arguments, *named.values())]
        # a bare sign or bracket is no SQL argument, nor is a window
        values = [value for value in values if any(letter.isalnum() for letter in value)]
        values = [value for value in values if not value.startswith("(partition by")]
        if name == "newest_records":  # the body of a CTE, not an expression
            return f"select * from {values[0]}"
        return "double" if name.startswith("type_") else f"{name}({', '.join(values)})"

    return call


def computed_once(name, caller):
    return f"{name} as ({caller()})"
