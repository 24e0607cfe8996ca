"""Where a person's Basic 4 come from: every source behind one port, and in one form whoever tells them.

    port.py                    what a source promises (`Basic4Source`)
    record.py                  what comes out: item, value, normal form, source, who vouches, when
    normal.py                  the normal forms, and what is made of them (ages, a municipality's code)
    card_file.py               the card's input-support application, read by the resident or by a counter terminal
    signature_certificate.py   the certificate with which the resident signed that they agree
    latest_information.py      J-LIS's latest-information service, by a consent signed before

`idp/compose/sources.py` is the table of those that a product has.
"""
