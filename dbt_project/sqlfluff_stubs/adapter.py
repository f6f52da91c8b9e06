"""Stand-in for dbt's adapter: a dispatched macro renders as a plain function call."""


def dispatch(name, package=None):
    def call(*arguments):
        types = {
            "type_double": "double",
            "type_money": "decimal(18, 2)",
            "type_rate": "decimal(18, 6)",
        }
        return types.get(name, f"{name}({', '.join(str(value) for value in arguments)})")

    return call
