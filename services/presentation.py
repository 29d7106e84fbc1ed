def facts_of(service):
    return []


def steps_of(service):
    return []
