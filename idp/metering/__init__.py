"""Metering: which revocation checks were made for whom, and what J-LIS charges for them.

`record.py` is called by everything that asks about revocation, `fees.py` turns counts into yen, `report.py` puts
both together, `compaction.py` adds up days that are over. No row says anything of a person, and none a time.
"""
