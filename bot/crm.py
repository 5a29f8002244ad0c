"""CompanyCrm: files contacts in the company's systems, for the human side."""

from bot.company.api import Company, CompanyError, CompanyInvalid, CompanyRefused, Contact
from handoff.filing import ContactNote, CrmRefused, CrmUnreachable


class CompanyCrm:
    """Implements `handoff.filing.Crm` by the company's API."""

    def __init__(self, company: Company) -> None:
        """Take the client of the company's systems."""
        self._company = company

    async def file(self, customer: str, note: ContactNote, key: str) -> None:
        """File a contact; raises CrmUnreachable, CrmRefused."""
        contact = Contact(
            at=note.at,
            channel="chat" if note.by_chat else "phone",
            agent=note.agent,
            summary=note.summary,
            promised=note.promised,
            disposition=note.disposition,
        )
        try:
            await self._company.add_contact(customer, contact, key)
        except (CompanyRefused, CompanyInvalid) as error:
            # An answer that makes no sense may still have filed it: not sent again for ever.
            raise CrmRefused(str(error)) from error
        except CompanyError as error:
            raise CrmUnreachable(str(error)) from error
