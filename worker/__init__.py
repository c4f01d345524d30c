"""Who does the heavy work: RQ jobs by pool, the processes that run them, and the sweeper that loses none. Nothing imports this folder."""
