"""Where the sealing keys of EPAOs are kept: files, the environment, or a key service that an EPAO controls."""
