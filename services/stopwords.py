"""Words of people who describe what they need, folded: no service is found or missed by them.

What stands here is in no index either. A word that tells anything at all of a need ("sam", "mama", "pomoc") does not
belong here: common words weigh little by themselves.
"""

WORDS = """
    a aby ach albo ale ani az bardzo beda bede bedzie bedziemy bez bo by byc byl byla bylaby bylby byle byli bylo
    byloby byly bym bys chca chcac chce chcemy chcial chciala chcialabym chcialbym chcialbysmy chcielibysmy chyba ci
    cie ciebie co cos czego czegos czemu czy czyli czyms da daje dla dlaczego dlatego do dobry dokad dosc dostac
    dostane dzieki dziekuje dzien ewentualnie gdy gdyby gdybym gdyz gdzie gdzies go i ich ile im inne inni inny innych
    innym iz ja jak jaka jakas jaki jakich jakie jakies jakis jako jakos je jego jej jemu jesli jest jestem jestesmy
    jeszcze jezeli juz kim kims kogo kogos komu komus kto ktora ktoras ktore ktorego ktorej ktores ktory ktorych
    ktorym ktorys ktorzy ktos lecz lub ma maja majac mam mamy masz mi mial miala mialabym mialbym miec mieli mna
    mnie moge mogl mogla moglaby moglabym moglby moglbym mogliby moich moim moimi moj moja moje mojego mojej mojemu
    moze mozemy mozliwe mozliwosc mozna mu musi musze my na nad nam nami nas nasz nasza nasze naszego naszej naszym
    nawet nia nic nich nie niech niego niej nim nimi niz no o od on ona one oni ono oraz oto owszem pan pana pani
    panstwo po pod poniewaz potrafi potrafie potrzeba potrzebna potrzebne potrzebny potrzebowalabym potrzebowalbym
    potrzebuja potrzebuje potrzebujemy powinien powinna prosba prosic prosze przed przez przy przysluguja
    przysluguje pytanie raczej rok roku rowniez sa sie skad skorzystac skorzystania soba sobie swoim swoj swoja
    swoje swojego swojej swojemu szuka szukac szukam szukamy ta tak taka taki takie takiego takiej takze tam te tego
    tej temu ten tez to toba trzeba tu tutaj ty tych tylko tym u uzyskac w wam was we wiec wiecie wiedziec wiem
    witam wlasnie wy z za zaden zadna zadne zawsze ze zeby zez zglosic znajde znalezc
    cztery dwa dwaj dwie dwoch dwoje jeden jedna jedno jednego jednej jednym przydalaby przydalby przydaloby trzech trzy
"""
STOP_WORDS = frozenset(WORDS.split())
TELLING = frozenset({"jąka"})  # tells much, though folded it is one of them

# Who needs help says less than what help: by lemma, folded.
WHO_WORDS = """
    babcia brat chlop chory ciocia corka czlowiek dziadek dziecko dzieciak kobieta mama matka maz mezczyzna ojciec osoba
    partner rodzic rodzice rodzina siostra syn synek tata tato tesc tesciowa wnuczek wnuczka wnuk wujek zona
    бабуся дитина дідусь дочка дружина мама син тато чоловік
"""
WHO = frozenset(WHO_WORDS.split())
